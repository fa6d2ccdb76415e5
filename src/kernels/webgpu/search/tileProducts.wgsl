  // In a function with `group` and `thread`: the similarities of its rows and columns, X·Yᵀ (+ bias), in
  // `totalHIC`: row 4 · H + I by columns 4 · C to 4 · C + 3.
  let tile = tiles[group.x];
  let columns = tile.columns & ~TRIANGLE;
  let triangle = (tile.columns & TRIANGLE) != 0;
  let tx = thread % SIDE;
  let ty = thread / SIDE;

  // What a thread loads in a round: LOADS times one vec4 of four rows, of x or of y.
  // unroll $L < LOADS
  let load$L = thread + $L * THREADS;
  let ofY$L = load$L >= STEP * QUADS;
  let quad$L = load$L % (STEP * QUADS) / STEP;
  let k$L = load$L % STEP;
  let first$L = select(tile.xRow, tile.yRow, ofY$L);
  let last$L = select(tile.rows, columns, ofY$L) - 1;
  let half$L = select(0, HALF, ofY$L);
  // unroll $R < 4
  let at$L$R = (first$L + min(4 * quad$L + $R, last$L)) * params.width + k$L;
  var next$L$R: vec4f;
  // end
  // end

  // Rows 4 · H + I by columns 0 to 3 (…0) and 4 to 7 (…1).
  // unroll $H < 2
  // unroll $I < 4
  var sum$H$I0 = vec4f();
  var sum$H$I1 = vec4f();
  var total$H$I0 = vec4f();
  var total$H$I1 = vec4f();
  var longTotal$H$I0 = vec4f();
  var longTotal$H$I1 = vec4f();
  // end
  // end

  let rounds = params.width / STEP;
  for (var round = 0u; round <= rounds; round++) {
    if (round > 0) {
      workgroupBarrier();
      // unroll $L < LOADS
      let columns$L = transpose(mat4x4f(next$L0, next$L1, next$L2, next$L3));
      // unroll $R < 4
      halves[half$L + slot(quad$L, 4 * k$L + $R)] = columns$L[$R];
      // end
      // end
      workgroupBarrier();
    }
    if (round < rounds) {
      // unroll $L < LOADS
      if (ofY$L) {
        // unroll $R < 4
        next$L$R = y[at$L$R + round * STEP];
        // end
      } else {
        // unroll $R < 4
        next$L$R = x[at$L$R + round * STEP];
        // end
      }
      // end
    }
    if (round > 0) {
      // unroll $K < ELEMENTS
      {
        let a0 = halves[slot(ty, $K)];
        let a1 = halves[slot(SIDE + ty, $K)];
        let b0 = halves[HALF + slot(tx, $K)];
        let b1 = halves[HALF + slot(SIDE + tx, $K)];
        // unroll $H < 2
        // unroll $I < 4
        sum$H$I0 = fma(vec4f(a$H[$I]), b0, sum$H$I0);
        sum$H$I1 = fma(vec4f(a$H[$I]), b1, sum$H$I1);
        // end
        // end
      }
      // end
      if (round % SUM_ROUNDS == 0 || round == rounds) {
        // unroll $H < 2
        // unroll $I < 4
        total$H$I0 += sum$H$I0;
        total$H$I1 += sum$H$I1;
        sum$H$I0 = vec4f();
        sum$H$I1 = vec4f();
        // end
        // end
      }
      if (IS_LONG && (round % (32 * SUM_ROUNDS) == 0 || round == rounds)) {
        // unroll $H < 2
        // unroll $I < 4
        longTotal$H$I0 += total$H$I0;
        longTotal$H$I1 += total$H$I1;
        total$H$I0 = vec4f();
        total$H$I1 = vec4f();
        // end
        // end
      }
    }
  }

  if (IS_LONG) {
    // unroll $H < 2
    // unroll $I < 4
    total$H$I0 = longTotal$H$I0;
    total$H$I1 = longTotal$H$I1;
    // end
    // end
  }

  if (params.biased != 0) {
    // unroll $C < 2
    let own$C = min(4 * ($C * SIDE + tx) + vec4u(0, 1, 2, 3), vec4u(columns - 1)) + (params.yBase + tile.yRow);
    let bias$C = vec4f(bias[own$C.x], bias[own$C.y], bias[own$C.z], bias[own$C.w]);
    // unroll $H < 2
    // unroll $I < 4
    total$H$I$C += bias$C;
    // end
    // end
    // end
  }
