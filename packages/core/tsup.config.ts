import { library } from '../../tsup.shared.ts';

export default library(['src/index.ts', 'src/kit.ts', 'src/gradients/index.ts', 'src/node.ts']);
