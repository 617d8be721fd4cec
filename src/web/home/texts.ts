import { inLanguage } from '../language.ts'

const ZH = {
  title: 'Lovage',
  hello: (username: string) => `你好，${username}`,
  mobile: '手机号',
  account: '账号与安全',
  logout: '退出',
  loggingOut: '正在退出…',
  welcome: '欢迎来到 Lovage',
  loggedOut: '你还没有登录。',
  register: '注册新账号',
  login: '登录',
  failed: '暂时无法读取你的信息',
  docs: 'API 文档',
}

const EN: typeof ZH = {
  title: 'Lovage',
  hello: (username: string) => `Hello, ${username}`,
  mobile: 'Mobile number',
  account: 'Account and security',
  logout: 'Log out',
  loggingOut: 'Logging out…',
  welcome: 'Welcome to Lovage',
  loggedOut: 'You are not logged in.',
  register: 'Create an account',
  login: 'Log in',
  failed: 'Your account could not be read',
  docs: 'API documentation',
}

export const homeTexts = inLanguage({ zh: ZH, en: EN })
