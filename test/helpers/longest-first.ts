// Tests that take much longer than the others begin first, so that they end while the others run.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONGEST = /\/test\/end-to-end\/kill\.test\.ts$/;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = files.filter((file) => !isLong(file));
    // oxlint-disable-next-line unicorn/no-array-sort -- it is Vitest's, and no array's
    return [...files.filter((file) => isLong(file)), ...(await super.sort(others))];
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONGEST.test(moduleId);
}
