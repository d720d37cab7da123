/** Steps of one run of APGD and of FAB in AutoAttack, and the classes that its targeted attacks aim at. */
const ITERATIONS = 100;
const TARGETS = 9;

/**
 * The input gradients that the published implementation takes of an image which survives an attack of the standard version in l-infinity: APGD one at
 * its start and one after each step, FAB one before each step; targeted attacks as many for each target. An image that is broken on
 * the way is left out of the runs that follow, there as here.
 * @see Croce and Hein 2020, arXiv 2003.01690, and its code: attack_single_run of autopgd_base.py and fab_base.py
 */
export const PUBLISHED_GRADIENT_CALLS: Readonly<Record<string, number>> = {
  'apgd-ce': ITERATIONS + 1,
  'apgd-t': TARGETS * (ITERATIONS + 1),
  'fab-t': TARGETS * ITERATIONS,
  square: 0,
};
