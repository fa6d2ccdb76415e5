// Rounds float32 rows to half precision, scaled by 2¹⁴, and notes how long the rows and their rounding errors get.
//
// The bits are put together from integers, because drivers may round packed halves either way and flush subnormal ones.
// So scaled, halves reach from 2⁻²⁸ to 4: smaller values become 0 and larger ones 4, and the error counts as any other.
// Panels of 16 elements follow each other, each with all rows: matrix units then read whole stretches of memory, from
// whichever row on.

struct Params {
  rows: u32,
  /** vec4s a row. */
  width: u32,
  /** Rows a panel has room for. */
  panelRows: u32,
}

const THREADS = 64u;
/** The exponents of a float, a half and the scale, as they stand in a float's bits. */
const REBIAS = (127u - 15u - 14u) << 10u;
const SMALLEST = (127u - 28u) << 23u;
const LARGEST_HALF = 0x7bffu;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
/** Two words for each vec4 of the rows: four halves. */
@group(0) @binding(2) var<storage, read_write> halves: array<vec2u>;
/** Bits of the largest length of a row and of the largest length of a row's error. */
@group(0) @binding(3) var<storage, read_write> lengths: array<atomic<u32>, 2>;

// Squares of values and of errors.
var<workgroup> squares: array<vec2f, THREADS>;

/** The bits of the half nearest to value · 2¹⁴, ties to even. */
fn halfBits(value: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(value);
  let size = bits & vec4u(0x7fffffff);
  let rounded = (size + 0xfff + ((size >> vec4u(13)) & vec4u(1))) >> vec4u(13);
  let half = min(rounded - REBIAS, vec4u(LARGEST_HALF));
  return ((bits >> vec4u(16)) & vec4u(0x8000)) | select(half, vec4u(0), size < vec4u(SMALLEST));
}

/** What halves that are not subnormal stand for, without the scale. */
fn valueOf(half: vec4u) -> vec4f {
  let size = half & vec4u(0x7fff);
  let bits = select((size + REBIAS) << vec4u(13), vec4u(0), size == vec4u(0));
  return bitcast<vec4f>(bits | ((half & vec4u(0x8000)) << vec4u(16)));
}

@compute @workgroup_size(THREADS)
fn halfRows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  for (var row = group.x; row < params.rows; row += groups.x) {
    var sum = vec2f();
    for (var k = thread; k < params.width; k += THREADS) {
      let value = rows[row * params.width + k];
      let half = halfBits(value);
      halves[(k / 4 * params.panelRows + row) * 4 + k % 4] = vec2u(half.x | (half.y << 16), half.z | (half.w << 16));
      let error = value - valueOf(half);
      sum += vec2f(dot(value, value), dot(error, error));
    }
    squares[thread] = sum;
    for (var apart = THREADS / 2; apart > 0; apart /= 2) {
      workgroupBarrier();
      if (thread < apart) {
        squares[thread] += squares[thread + apart];
      }
    }
    if (thread == 0) {
      // Lengths are not negative, so their bits are in the order of the numbers; NaN comes out largest.
      atomicMax(&lengths[0], bitcast<u32>(sqrt(squares[0].x)));
      atomicMax(&lengths[1], bitcast<u32>(sqrt(squares[0].y)));
    }
    workgroupBarrier();
  }
}
