export type Schedule = (typeof SCHEDULES)[number];
export const SCHEDULES = ['constant', 'piecewise', 'cosine', 'one-cycle'] as const;
