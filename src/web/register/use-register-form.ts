import type { Ref } from 'vue'
import type { Api, PasswordProfile } from '../api.ts'
import type { FieldName } from '../forms/checks.ts'
import { useForm, type Form } from '../forms/use-form.ts'
import { useLookUps } from '../forms/use-look-ups.ts'

export interface RegisterFormOptions {
  api: Pick<Api, 'countUsername' | 'countMobile' | 'register'>
  /** Which passwords may be chosen, as soon as that is known. */
  profile: Readonly<Ref<PasswordProfile | undefined>>
  /** Puts the keyboard focus on a field. */
  focus: (field: FieldName) => void
  /** Called when the user is registered and logged in. */
  done: () => void
}

const FIELDS = ['user_name', 'pwd', 'cpwd', 'phone', 'pic_code', 'msg_code', 'allow'] as const

/** The registration form: names and mobiles are looked up as they are typed. */
export function useRegisterForm({ api, profile, focus, done }: RegisterFormOptions) {
  const lookUps = useLookUps({ api, form: () => form })
  const form: Form = useForm({
    fields: FIELDS,
    profile,
    focus,
    done,
    checkFurther: lookUps.checkFurther,
    left: lookUps.left,
    send: (values) =>
      api.register({
        username: values.user_name,
        password: values.pwd,
        password2: values.cpwd,
        mobile: values.phone,
        sms_code: values.msg_code,
        allow: values.allow,
      }),
  })
  return { form, lookUp: lookUps.lookUp }
}
