export { confidenceInterval } from './confidence-interval.ts';
