import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/properties/setup.ts'],
    pool: 'forks',
    // Ends what hangs; a busy machine takes many times as long as a quiet one.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    server: { deps: { external: [/native\/load\.cjs$/] } },
  },
});
