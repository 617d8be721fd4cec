import { inLanguage } from '../language.ts'

const ZH = {
  title: '重设密码 - Lovage',
  heading: '重设密码',
  intro: '验证码将发送到账号绑定的手机号。',
  submit: '重设密码',
  submitting: '正在重设…',
  done: '密码已重设',
  doneIntro: '为了安全，所有设备上的登录都已退出。请用新密码登录。',
  login: '登录',
  back: '返回登录',
}

const EN: typeof ZH = {
  title: 'Reset password - Lovage',
  heading: 'Reset your password',
  intro: 'A code is sent to the mobile number of your account.',
  submit: 'Set the new password',
  submitting: 'Setting…',
  done: 'Your password is set',
  doneIntro: 'To be safe, you were logged out everywhere. Log in with the new password.',
  login: 'Log in',
  back: 'Back to login',
}

export const resetTexts = inLanguage({ zh: ZH, en: EN })
