import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/properties/setup.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    server: { deps: { external: [/native\/load\.cjs$/] } },
  },
});
