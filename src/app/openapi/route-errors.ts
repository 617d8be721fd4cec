import type { ErrorName } from '../errors.ts'
import { fieldErrors } from '../forms.ts'
import { isUnsafe, pathFields, takesBody, type RouteDescription } from './route-description.ts'

/** What any request may end with, whatever its route. */
export const EVERYWHERE: readonly ErrorName[] = [
  'INTERNAL',
  'UNAVAILABLE',
  'BUSY',
  'URL_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'MALFORMED_REQUEST',
]

/** Every error that a route may answer with. */
export function errorsOf(route: RouteDescription): ErrorName[] {
  return [
    ...new Set([
      ...(takesBody(route) ? (['NOT_JSON', 'BODY_ENCODING', 'TOO_LARGE'] as const) : []),
      ...(isUnsafe(route) || route.ownSiteOnly === true ? (['FOREIGN_SITE'] as const) : []),
      ...(route.session === 'required' ? (['LOGIN_REQUIRED'] as const) : []),
      ...formErrorsOf(route).keys(),
      ...(route.errors ?? []),
      ...EVERYWHERE,
    ]),
  ]
}

/** The errors that a route's form ends with, each with the fields that it may be about. */
export function formErrorsOf({ form, path }: RouteDescription): Map<ErrorName, string[]> {
  const errors = new Map<ErrorName, string[]>()
  if (form === undefined) return errors
  const inPath = pathFields(path)
  for (const { field, malformed, missing } of fieldErrors(form)) {
    // Without it, the path would not be that of the route.
    const names = missing === undefined || inPath.includes(field) ? malformed : [...malformed, missing]
    for (const name of new Set(names)) errors.set(name, [...(errors.get(name) ?? []), field])
  }
  return errors
}
