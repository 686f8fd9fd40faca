import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FILE, notices } from '../../scripts/notices.mjs';

describe('THIRD_PARTY_NOTICES.txt', () => {
  const text = readFileSync(FILE, 'utf8');

  it('is what `npm run notices` writes for the packages that are installed', () => {
    expect(text === notices(), 'out of date: npm run notices').toBe(true);
  });

  it('has the terms of packages that come without a file of them', () => {
    for (const [name, terms] of [
      [
        '@bufbuild/protobuf',
        /Buf Technologies.*Apache License.*APPENDIX.*Copyright 2008 Google Inc/s,
      ],
      ['fft.js', /Copyright Fedor Indutny, 2017.*Permission is hereby granted/s],
      ['binary-search', /Dark Sky Company.*CC0 1\.0 Universal/s],
    ] as const) {
      const [, section] = text.split(`\n${name} `);
      expect(section?.split('\n====')[0]).toMatch(terms);
    }
  });
});
