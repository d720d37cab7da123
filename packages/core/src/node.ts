export { fileCheckpointStore } from './checkpoints/file-checkpoint-store.ts';
export { type FolderLock, lockFolder } from './files/lock-folder.ts';
export { hasNodeModules, nodeModule } from './files/node-module.ts';
export { readWholeFile } from './files/read-whole-file.ts';
export { writeFileDurably } from './files/write-file-durably.ts';
