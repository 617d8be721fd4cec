import type { Api } from '../api.ts'
import { texts } from '../texts.ts'
import type { FieldName, FormValues, Problem } from './checks.ts'
import { checkField } from './checks.ts'
import { placeFailure } from './field-errors.ts'
import type { Form } from './use-form.ts'

/** The fields whose value no two accounts may have. */
export type UniqueField = 'user_name' | 'phone'

export interface LookUpOptions {
  api: Pick<Api, 'countUsername' | 'countMobile'>
  /** The form, which is made with `checkFurther` and `left` of these. */
  form: () => Pick<Form, 'values' | 'check' | 'tell' | 'note'>
}

/**
 * Asks whether names and mobiles are taken.
 *
 * 1. A good value is looked up once, when its field is left, or before a code is sent to it.
 * 2. What is taken is told beside the field, then and on every check.
 * 3. That nobody could look it up now is a note alone: the server looks again on submit.
 */
export function useLookUps({ api, form }: LookUpOptions) {
  /** The last value that was looked up, and whether another account has it. */
  const known: Partial<Record<UniqueField, { value: string; taken: boolean }>> = {}

  function checkFurther(field: FieldName, values: Readonly<FormValues>): Problem | undefined {
    if (!isUnique(field)) return undefined
    const found = known[field]
    if (found === undefined || !found.taken || found.value !== values[field]) return undefined
    return field === 'user_name' ? 'usernameTaken' : 'mobileTaken'
  }

  async function lookUp(field: UniqueField): Promise<void> {
    const { values, check, tell, note } = form()
    const value = values[field]
    if (known[field]?.value === value || checkField(field, values) !== undefined) return
    try {
      const count = await (field === 'user_name' ? api.countUsername(value) : api.countMobile(value))
      known[field] = { value, taken: count > 0 }
      if (count > 0 && values[field] === value) check(field)
    } catch (failure) {
      if (values[field] !== value) return
      // Only what is said about the field itself is its error.
      const { place, message } = placeFailure(failure)
      if (place === field) tell(field, message)
      else note(field, () => texts.notLookedUp)
    }
  }

  function left(field: FieldName): void {
    if (isUnique(field)) void lookUp(field)
  }

  return { checkFurther, lookUp, left }
}

function isUnique(field: FieldName): field is UniqueField {
  return field === 'user_name' || field === 'phone'
}
