export { fileCheckpointStore } from './checkpoints/file-checkpoint-store.ts';
export { readWholeFile } from './files/read-whole-file.ts';
