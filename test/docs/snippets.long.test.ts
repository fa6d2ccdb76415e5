import { LONG_DOCUMENTS, testCommands } from './testCommands.ts';

testCommands(LONG_DOCUMENTS);
