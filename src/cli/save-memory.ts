import { setFlagsFromString } from 'node:v8'

/**
 * Has this process and its threads collect garbage when the heap has grown by less than V8 allows by default (up to four times
 * what is in use). The option is V8's `--optimize-for-size`; it can be set while Node runs, and holds from the next collection on.
 */
export function saveMemory(): void {
  setFlagsFromString('--optimize-for-size')
}
