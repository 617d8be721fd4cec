import { inLanguage } from '../language.ts'

const ZH = {
  title: '注册 - Lovage',
  heading: '注册新账号',
  submit: '注册',
  submitting: '正在注册…',
  known: '已有账号？',
  login: '登录',
}

const EN: typeof ZH = {
  title: 'Sign up - Lovage',
  heading: 'Create an account',
  submit: 'Sign up',
  submitting: 'Signing up…',
  known: 'Have an account?',
  login: 'Log in',
}

export const registerTexts = inLanguage({ zh: ZH, en: EN })
