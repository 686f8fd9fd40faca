// What the fixtures of PyTorch hold.

export interface Parameter {
  name: string;
  shape: number[];
  data: number[];
}
/** The terms of the objective. */
export type Parts = Record<'primary' | 'sparsity' | 'distance' | 'total', number>;
