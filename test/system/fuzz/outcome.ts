import { DeepTypeError } from '../../../src/index.js';

/** False where `run` fails with a coded error, true where it succeeds; any other error goes through. */
export async function succeeds(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (!(error instanceof DeepTypeError && error.message.length > 5)) throw error;
    return false;
  }
}
