import { inLanguage } from '../language.ts'

const ZH = {
  title: '登录 - Lovage',
  heading: '登录',
  password: '密码',
  remember: '记住登录状态14天',
  submit: '登录',
  submitting: '正在登录…',
  forgotten: '忘记密码？',
  register: '注册新账号',
}

const EN: typeof ZH = {
  title: 'Log in - Lovage',
  heading: 'Log in',
  password: 'Password',
  remember: 'Stay logged in for 14 days',
  submit: 'Log in',
  submitting: 'Logging in…',
  forgotten: 'Forgot your password?',
  register: 'Create an account',
}

export const loginTexts = inLanguage({ zh: ZH, en: EN })
