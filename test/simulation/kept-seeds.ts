// Seeds of histories that once broke a promise, each with what was wrong. They are played again with every test run; a
// change to the simulation makes other histories of them, and so each bug has a test of its own as well.

export const keptSeeds: readonly (readonly [seed: number, found: string])[] = [
  [14, 'a budget whose period was lengthened had forgotten the day on which both began'],
  [33, 'an admission was let in while the release before it waited for the disk'],
  [207, 'thresholds were judged by the end that the window had at the admission'],
  [588, 'an alarm that was lost was never set again'],
  [890, 'a configuration was stored without the thresholds it reached'],
  [1860, 'an expiry and its correction came back as the expiry, and were corrected again'],
  [3963, 'a budget that began to carry over late in its window was given the whole share'],
  [5207, 'thresholds reached while the budget had another period were never told'],
];
