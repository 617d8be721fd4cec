/** What task files need to say what comes next; light: nothing of a broker is loaded with it. */
export { chain, chord, group } from './canvas.ts'
export { chunks, map, starmap } from './maps.ts'
export { signature, type GroupSignature, type Signature } from './signature.ts'
