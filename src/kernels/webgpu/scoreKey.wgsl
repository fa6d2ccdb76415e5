/** A number above 0 that is in the order of the score; both zeros have the same. */
fn keyOf(score: f32) -> u32 {
  let bits = bitcast<u32>(select(score, 0.0, score == 0.0));
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0);
}

fn scoreOf(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0));
}
