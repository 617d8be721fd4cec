import { describeAccounts } from './accounts-suite.ts'

describeAccounts('SQLite')
