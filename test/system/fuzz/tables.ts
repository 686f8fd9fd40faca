/** The table of valid calls, and of the checkpoints in the corpus of test/native/fuzz. */
export const X = [
  [0, 1],
  [0.5, 1],
  [9, -1],
  [9, -2],
];
export const Y = [0, 0, 1, 1];
