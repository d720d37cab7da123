export { fileCheckpointStore } from './checkpoints/file-checkpoint-store.ts';
