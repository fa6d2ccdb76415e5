// Transposes bytes of rows to bytes of columns, and subtracts the 128 that was added to them.

/**
 * Transposes the rows × dim bytes at `x` to dim × rows signed bytes at `out`, and subtracts 128 from each.
 */
export function transpose(x: usize, rows: i32, dim: i32, out: usize): void {
  const wholeRows = rows & ~15;
  const wholeDim = dim & ~15;
  for (let r = 0; r < wholeRows; r += 16) {
    for (let i = 0; i < wholeDim; i += 16) {
      transpose16(x + <usize>r * <usize>dim + i, dim, out + <usize>i * <usize>rows + r, rows);
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let i = r < wholeRows ? wholeDim : 0; i < dim; i++) {
      store<u8>(out + <usize>i * <usize>rows + r, load<u8>(x + <usize>r * <usize>dim + i) ^ 128);
    }
  }
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Transposes 16 × 16 bytes in four rounds that interleave row i with row i + 8. */
function transpose16(x: usize, from: i32, out: usize, to: i32): void {
  const f = <usize>from;
  const t = <usize>to;
  let a0 = v128.load(x);
  let a1 = v128.load(x + f);
  let a2 = v128.load(x + 2 * f);
  let a3 = v128.load(x + 3 * f);
  let a4 = v128.load(x + 4 * f);
  let a5 = v128.load(x + 5 * f);
  let a6 = v128.load(x + 6 * f);
  let a7 = v128.load(x + 7 * f);
  let a8 = v128.load(x + 8 * f);
  let a9 = v128.load(x + 9 * f);
  let aa = v128.load(x + 10 * f);
  let ab = v128.load(x + 11 * f);
  let ac = v128.load(x + 12 * f);
  let ad = v128.load(x + 13 * f);
  let ae = v128.load(x + 14 * f);
  let af = v128.load(x + 15 * f);
  for (let round = 0; round < 4; round++) {
    const b0 = low(a0, a8);
    const b1 = high(a0, a8);
    const b2 = low(a1, a9);
    const b3 = high(a1, a9);
    const b4 = low(a2, aa);
    const b5 = high(a2, aa);
    const b6 = low(a3, ab);
    const b7 = high(a3, ab);
    const b8 = low(a4, ac);
    const b9 = high(a4, ac);
    const ba = low(a5, ad);
    const bb = high(a5, ad);
    const bc = low(a6, ae);
    const bd = high(a6, ae);
    const be = low(a7, af);
    const bf = high(a7, af);
    a0 = b0;
    a1 = b1;
    a2 = b2;
    a3 = b3;
    a4 = b4;
    a5 = b5;
    a6 = b6;
    a7 = b7;
    a8 = b8;
    a9 = b9;
    aa = ba;
    ab = bb;
    ac = bc;
    ad = bd;
    ae = be;
    af = bf;
  }
  const flips = i8x16.splat(-128);
  v128.store(out, v128.xor(a0, flips));
  v128.store(out + t, v128.xor(a1, flips));
  v128.store(out + 2 * t, v128.xor(a2, flips));
  v128.store(out + 3 * t, v128.xor(a3, flips));
  v128.store(out + 4 * t, v128.xor(a4, flips));
  v128.store(out + 5 * t, v128.xor(a5, flips));
  v128.store(out + 6 * t, v128.xor(a6, flips));
  v128.store(out + 7 * t, v128.xor(a7, flips));
  v128.store(out + 8 * t, v128.xor(a8, flips));
  v128.store(out + 9 * t, v128.xor(a9, flips));
  v128.store(out + 10 * t, v128.xor(aa, flips));
  v128.store(out + 11 * t, v128.xor(ab, flips));
  v128.store(out + 12 * t, v128.xor(ac, flips));
  v128.store(out + 13 * t, v128.xor(ad, flips));
  v128.store(out + 14 * t, v128.xor(ae, flips));
  v128.store(out + 15 * t, v128.xor(af, flips));
}
