/** Steps of one run of APGD and of FAB in AutoAttack. */
const ITERATIONS = 100;
/** Target classes of its targeted attacks. */
const TARGETS = 9;

/**
 * The number of input gradients that the published implementation computes for an image that survives an attack of the standard version in l-infinity.
 * APGD computes one at its start and one after each step, FAB one before each step; targeted attacks do so for each target. Both implementations leave a
 * broken image out of the following runs.
 * @see Croce and Hein 2020, arXiv 2003.01690, and its code: attack_single_run of autopgd_base.py and fab_base.py
 */
export const PUBLISHED_GRADIENT_CALLS: Readonly<Record<string, number>> = {
  'apgd-ce': ITERATIONS + 1,
  'apgd-t': TARGETS * (ITERATIONS + 1),
  'fab-t': TARGETS * ITERATIONS,
  square: 0,
};
