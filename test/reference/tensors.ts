/** One linear layer; `weight[o * inputs + i]` as in PyTorch. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** A tensor as the package hands it out. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export function layersOf(parameters: readonly Tensor[]): Layer[] {
  const layers: Layer[] = [];
  for (let l = 0; l + 1 < parameters.length; l += 2) {
    const [weight, bias] = [parameters[l]!, parameters[l + 1]!];
    const [outputs, inputs] = weight.shape as [number, number];
    layers.push({
      inputs,
      outputs,
      weight: Float64Array.from(weight.data),
      bias: Float64Array.from(bias.data),
    });
  }
  return layers;
}

/** The tensors of the layers, in the order of `Network.parameters()`. */
export function tensorsOf(layers: readonly Layer[]): Float64Array[] {
  return layers.flatMap(({ weight, bias }) => [weight, bias]);
}

export function zerosLike(layers: readonly Layer[]): Layer[] {
  return layers.map((layer) => ({
    ...layer,
    weight: new Float64Array(layer.weight.length),
    bias: new Float64Array(layer.bias.length),
  }));
}

/** The outgoing weights of input j in the first layer. */
export function outgoing({ inputs, outputs, weight }: Layer, j: number): number[] {
  return Array.from({ length: outputs }, (_, o) => weight[o * inputs + j]!);
}
