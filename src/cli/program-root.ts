import { fileURLToPath } from 'node:url'

/** The folder of the program itself: `dist` when it is built, the project when it runs from its sources. */
export const programRoot = fileURLToPath(new URL('../../', import.meta.url))
