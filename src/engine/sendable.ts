import type { PythonValue } from './python-value.ts'

/**
 * Which values may be a task's arguments, checked by the compiler: JSON values, `Date`, `Uint8Array` and `PythonValue`.
 * Functions, symbols, bigints and instances of other classes are refused.
 */

type Primitive = string | number | boolean | null

/** True for a class with private members: a plain object of the same fields can not stand for it. */
type IsPlain<T extends object> = { [K in keyof T]: T[K] } extends T ? true : false

/** `T` where it can travel in a message, `never` at each place where it can not. */
export type Sendable<T> = unknown extends T
  ? never
  : T extends Primitive | Date | Uint8Array | PythonValue
    ? T
    : T extends symbol | bigint | undefined | ((...args: never[]) => unknown)
      ? never
      : T extends readonly unknown[]
        ? { [K in keyof T]: SendableMember<T[K]> }
        : T extends object
          ? IsPlain<T> extends true
            ? { [K in keyof T]: SendableMember<T[K]> }
            : never
          : never

/** In a list of arguments or an object a member may be left out. */
type SendableMember<T> = undefined extends T ? Sendable<Exclude<T, undefined>> | undefined : Sendable<T>

/** Nothing more to ask for where all of a handler's parameters can travel; else a property that nobody has, named after the reason. */
export type CheckSendable<Args extends unknown[]> =
  Args extends Sendable<Args> ? unknown : { 'a task takes JSON values, Date, Uint8Array and PythonValue': never }
