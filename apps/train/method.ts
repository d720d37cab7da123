export type Method = (typeof METHODS)[number];
export const METHODS = ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free', 'natural'] as const;

/** The methods whose loss takes mixed labels. */
export const MIXING: readonly Method[] = ['at', 'fgsm-rs', 'n-fgsm', 'free', 'natural'];

/** The methods that are prone to catastrophic overfitting: robustness to their own single-step attack only. */
export const SINGLE_STEP: readonly Method[] = ['fgsm-rs', 'n-fgsm', 'free'];

export const SEARCHING: readonly Method[] = ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free'];
/** The methods whose search takes several steps and lets the start be chosen. */
export const MULTI_STEP: readonly Method[] = ['squeeze', 'trades', 'mart', 'at', 'alp'];
