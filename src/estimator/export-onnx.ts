// A fitted model as an ONNX file.
import { toOnnx } from '../network/onnx.js';
import type { Fitted } from './fitted.js';
import { headOf } from './outputs.js';

/** The scaler, the network, what its outputs mean, and the nearest centroid. */
export function modelToOnnx(fitted: Fitted): Uint8Array<ArrayBuffer> {
  const { scaler, targetScaler, classes, network, clusters, training } = fitted;
  const { centroids } = clusters;
  const { activation } = network;
  const head = headOf(training.loss, classes);
  const parameters = network.parameters();
  return toOnnx({ activation, parameters, scaler, targetScaler, head, centroids, classes });
}
