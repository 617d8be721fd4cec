import { computed, reactive, ref, watch, type Ref } from 'vue'
import type { PasswordProfile } from '../api.ts'
import { ApiError } from '../request.ts'
import { useCountdown } from './use-countdown.ts'
import { texts } from '../texts.ts'
import type { FieldName, FormValues, Problem, TextField } from './checks.ts'
import { checkField, TEXT_FIELDS, tidy } from './checks.ts'
import { placeFailure } from './field-errors.ts'
import { NOTHING, say, type Message } from './messages.ts'

export interface FormOptions {
  /** The form's fields in the order of the page. */
  fields: readonly FieldName[]
  /** Puts the keyboard focus on a field. */
  focus: (field: FieldName) => void
  /** Sends the form, when every field is good. */
  send: (values: Readonly<FormValues>) => Promise<void>
  /** Called when it has been sent. The page is then about to go, or the form is. */
  done: () => void
  /** Which passwords may be chosen, as soon as that is known. */
  profile?: Readonly<Ref<PasswordProfile | undefined>>
  /** What is known to be wrong with a field beyond its own check. */
  checkFurther?: (field: FieldName, values: Readonly<FormValues>) => Problem | undefined
  /** Called when a field that was typed in, and is good, has been left. */
  left?: (field: FieldName) => void
  /** What a wait that the server orders is for: another value need not wait. */
  waitFor?: (values: Readonly<FormValues>) => string
}

export type Form = ReturnType<typeof useForm>

/**
 * A form's values, what is wrong with them, and its submission.
 *
 * 1. Typing in a field takes its error away.
 * 2. Leaving a field that was typed in tidies and checks it.
 * 3. Submitting checks every field, untouched ones too, and puts the focus on the first faulty one.
 * 4. What the server refuses is shown beside the field that it is about. Where it says how long to wait, `waiting` counts that down,
 *    and the form is not sent before.
 */
export function useForm(options: FormOptions) {
  const { fields, focus } = options
  const values = reactive<FormValues>({ ...forEach(() => ''), allow: false })
  const said = reactive({ errors: forEach(() => NOTHING), notes: forEach(() => NOTHING), alert: NOTHING })
  /** The error below each field; empty where there is none. */
  const errors = reactive(forEach((field) => computed(() => say(said.errors[field]))))
  /** What else there is to say below each field. */
  const notes = reactive(forEach((field) => computed(() => say(said.notes[field]))))
  /** An error that is no field's fault. */
  const alert = computed(() => say(said.alert))
  const submitting = ref(false)
  /** Whether a code may already be on its way: from then on a submit without code no longer asks for a captcha. */
  const codeRequested = ref(false)
  const touched = new Set<FieldName>()
  const countdown = useCountdown()
  const waitKey = () => options.waitFor?.(values) ?? ''
  /** Seconds until the form may be sent again; 0 when it may be now. */
  const waiting = computed(() => countdown.remaining(waitKey()))

  for (const field of fields) {
    watch(
      () => values[field],
      () => {
        touched.add(field)
        said.errors[field] = NOTHING
        // The note below the SMS code tells where the code went: it stays while the code is typed, not for another number.
        if (field !== 'msg_code') said.notes[field] = NOTHING
        if (field === 'phone') said.notes.msg_code = NOTHING
      },
      { flush: 'sync' },
    )
  }

  function check(field: FieldName): boolean {
    if (field !== 'allow') values[field] = tidy(field, values[field])
    const problem = checkField(field, values, options.profile?.value) ?? options.checkFurther?.(field, values)
    said.errors[field] = problem === undefined ? NOTHING : () => texts.problems[problem]
    return problem === undefined
  }

  /** Checks these fields and puts the focus on the first faulty one. */
  function checkAll(some: readonly FieldName[]): boolean {
    const faulty = some.filter((field) => !check(field))
    if (faulty[0] !== undefined) focus(faulty[0])
    return faulty.length === 0
  }

  function leave(field: FieldName): void {
    if (!touched.has(field)) return
    const good = check(field)
    if (field === 'pwd' && values.cpwd !== '') check('cpwd')
    if (good) options.left?.(field)
  }

  /** Empties a field as if nobody had typed in it. */
  function clear(field: TextField): void {
    values[field] = ''
    said.errors[field] = NOTHING
    touched.delete(field)
  }

  function tell(field: FieldName, error: Message): void {
    said.errors[field] = error
  }

  function note(field: FieldName, text: Message): void {
    said.notes[field] = text
  }

  function warn(text: Message): void {
    said.alert = text
  }

  /** Shows why a request failed; the focus goes to the field that it is about. */
  function show(failure: unknown): void {
    if (!(failure instanceof ApiError)) console.error(failure)
    const { place, message } = placeFailure(failure)
    if (place === 'form' || !fields.includes(place)) {
      said.alert = message
      return
    }
    said.errors[place] = message
    focus(place)
  }

  async function submit(): Promise<void> {
    if (submitting.value || waiting.value > 0) return
    said.alert = NOTHING
    const needsCaptcha = values.msg_code === '' && !codeRequested.value
    if (!checkAll(fields.filter((field) => field !== 'pic_code' || needsCaptcha))) return
    submitting.value = true
    try {
      await options.send(values)
    } catch (failure) {
      submitting.value = false
      if (failure instanceof ApiError && failure.status === 429) countdown.start(waitKey(), failure.retryAfter ?? 60)
      show(failure)
      return
    }
    // Still `submitting`: the page is about to go, and a second click must not send it again.
    for (const field of ['old_pwd', 'pwd', 'cpwd'] as const) clear(field)
    options.done()
  }

  return {
    fields,
    values,
    errors,
    notes,
    alert,
    submitting,
    waiting,
    codeRequested,
    check,
    checkAll,
    leave,
    clear,
    tell,
    note,
    warn,
    show,
    submit,
  }
}

function forEach<T>(make: (field: FieldName) => T): Record<FieldName, T> {
  return Object.fromEntries([...TEXT_FIELDS, 'allow' as const].map((field) => [field, make(field)])) as Record<
    FieldName,
    T
  >
}
