import { reactive, ref, watch } from 'vue'
import type { Api } from '../api.ts'
import { ApiError } from '../api.ts'
import type { FieldName, FormValues, TextField } from '../forms/checks.ts'
import { checkField, FIELDS, tidy } from '../forms/checks.ts'
import { placeFailure } from '../forms/field-errors.ts'
import { texts } from '../texts.ts'

export interface RegisterFormOptions {
  api: Pick<Api, 'countUsername' | 'countMobile' | 'register'>
  /** Puts the keyboard focus on a field. */
  focus: (field: FieldName) => void
  /** Called when the user is registered and logged in. */
  done: () => void
}

export type RegisterForm = ReturnType<typeof useRegisterForm>

/**
 * The registration form's values, what is wrong with them, and its submission.
 *
 * 1. Typing in a field takes its error away.
 * 2. Leaving a field that was typed in tidies and checks it; a good username or mobile is then looked up.
 * 3. Submitting checks every field, untouched ones too, and puts the focus on the first faulty one.
 * 4. What the server refuses is shown beside the field that it is about.
 */
export function useRegisterForm({ api, focus, done }: RegisterFormOptions) {
  const values = reactive<FormValues>({
    user_name: '',
    pwd: '',
    cpwd: '',
    phone: '',
    pic_code: '',
    msg_code: '',
    allow: false,
  })
  const errors = reactive(noTexts())
  const notes = reactive(noTexts())
  /** An error that is no field's fault. */
  const alert = ref('')
  const submitting = ref(false)
  /** Whether a code may already be on its way: from then on a submit without code no longer asks for a captcha. */
  const codeRequested = ref(false)

  const touched = new Set<FieldName>()
  /** The last value that was looked up, and whether another user has it. */
  const lookedUp: Partial<Record<FieldName, { value: string; taken: boolean }>> = {}

  for (const field of FIELDS) {
    watch(
      () => values[field],
      () => {
        touched.add(field)
        errors[field] = ''
        // The note below the SMS code tells where the code went: it stays while the code is typed, not for another number.
        if (field !== 'msg_code') notes[field] = ''
        if (field === 'phone') notes.msg_code = ''
      },
      { flush: 'sync' },
    )
  }

  function check(field: FieldName): boolean {
    if (field !== 'allow') values[field] = tidy(field, values[field])
    const problem = checkField(field, values) ?? takenProblem(field)
    errors[field] = problem === undefined ? '' : texts.problems[problem]
    return problem === undefined
  }

  function takenProblem(field: FieldName) {
    const known = lookedUp[field]
    if (known === undefined || !known.taken || known.value !== values[field]) return undefined
    return field === 'user_name' ? 'usernameTaken' : 'mobileTaken'
  }

  /** Checks these fields and puts the focus on the first faulty one. */
  function checkAll(fields: readonly FieldName[]): boolean {
    const faulty = fields.filter((field) => !check(field))
    if (faulty[0] !== undefined) focus(faulty[0])
    return faulty.length === 0
  }

  function leave(field: FieldName): void {
    if (!touched.has(field)) return
    const good = check(field)
    if (field === 'pwd' && values.cpwd !== '') check('cpwd')
    if (good && (field === 'user_name' || field === 'phone')) void lookUp(field)
  }

  async function lookUp(field: 'user_name' | 'phone'): Promise<void> {
    const value = values[field]
    if (lookedUp[field]?.value === value) return
    try {
      const count = await (field === 'user_name' ? api.countUsername(value) : api.countMobile(value))
      lookedUp[field] = { value, taken: count > 0 }
      if (count > 0 && values[field] === value) check(field)
    } catch (failure) {
      if (values[field] !== value) return
      // Only what is said about the field itself is its error. That nobody could look it up now is a note: the server
      // looks again on submit.
      const { place, text } = placeFailure(failure)
      if (place === field) errors[field] = text
      else notes[field] = texts.notLookedUp
    }
  }

  /** Empties a field as if nobody had typed in it. */
  function clear(field: TextField): void {
    values[field] = ''
    errors[field] = ''
    touched.delete(field)
  }

  /** Shows why a request failed; the focus goes to the field that it is about. */
  function show(failure: unknown): void {
    if (!(failure instanceof ApiError)) console.error(failure)
    const { place, text } = placeFailure(failure)
    if (place === 'form') {
      alert.value = text
      return
    }
    errors[place] = text
    focus(place)
  }

  async function submit(): Promise<void> {
    if (submitting.value) return
    alert.value = ''
    const needsCaptcha = values.msg_code === '' && !codeRequested.value
    if (!checkAll(FIELDS.filter((field) => field !== 'pic_code' || needsCaptcha))) return
    submitting.value = true
    try {
      await api.register({
        username: values.user_name,
        password: values.pwd,
        password2: values.cpwd,
        mobile: values.phone,
        sms_code: values.msg_code,
        allow: values.allow,
      })
    } catch (failure) {
      submitting.value = false
      show(failure)
      return
    }
    // Still `submitting`: the page is about to go, and a second click must not register again.
    clear('pwd')
    clear('cpwd')
    done()
  }

  return { values, errors, notes, alert, submitting, codeRequested, checkAll, leave, clear, show, submit }
}

function noTexts(): Record<FieldName, string> {
  return { user_name: '', pwd: '', cpwd: '', phone: '', pic_code: '', msg_code: '', allow: '' }
}
