import { lockFolder } from './lock-folder.ts';

/** Locks the given folder and holds the lock until it is killed: `node --import tsx lock-child.fixture.ts <folder>`. */
const [, , folder = ''] = process.argv;

try {
  await lockFolder('[@st/core] test', folder, 'run');
  process.stdout.write('locked\n');
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
