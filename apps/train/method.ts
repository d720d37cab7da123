export type Method = (typeof METHODS)[number];
export const METHODS = ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free', 'natural'] as const;

/** The methods whose loss takes labels that are mixed. */
export const MIXING: readonly Method[] = ['at', 'fgsm-rs', 'n-fgsm', 'free', 'natural'];

/** The methods that can learn to defeat their own single step alone. */
export const SINGLE_STEP: readonly Method[] = ['fgsm-rs', 'n-fgsm', 'free'];

export const SEARCHING: readonly Method[] = ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free'];
/** Those that take more than one step, from a start of one's choice. */
export const WALKING: readonly Method[] = ['squeeze', 'trades', 'mart', 'at', 'alp'];
