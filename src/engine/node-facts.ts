import type { Json } from './wire-value.ts'

/**
 * What remote control tells of a process beside what the engine knows by itself. Whoever reaches the broker may ask for it:
 * nothing secret belongs here.
 */
export interface NodeFacts {
  /** Where the broker is, under the names of kombu's `Connection.info()`; without its password. */
  readonly broker: { readonly [name: string]: Json }
  /** Settings under Celery's names: those that are not as Celery has them by default, or all that are known. */
  conf(withDefaults: boolean): { [name: string]: Json }
  /** What a report of a fault should say of the program, the machine and the settings. */
  report(): string
}
