/**
 * Every text that a person sees on the pages, by language. A new language is one more object of type `Texts`.
 * What the server says (`errmsg`) is shown as it comes, in the language asked for with `Accept-Language: <lang>`.
 */
const zh = {
  /** The BCP 47 tag of this language: for `<html lang>` and `Accept-Language`. */
  lang: 'zh-CN',
  brand: 'Lovage',

  register: {
    title: '注册 - Lovage',
    heading: '注册新账号',
    labels: {
      user_name: '用户名',
      pwd: '密码',
      cpwd: '确认密码',
      phone: '手机号',
      pic_code: '图形验证码',
      msg_code: '短信验证码',
      allow: '我已阅读并同意用户使用协议',
    },
    hints: {
      user_name: '5–20位文字、数字或下划线',
      pwd: '8–20位文字、数字或下划线',
      cpwd: '',
      phone: '11位中国大陆手机号',
      pic_code: '看不清？点击图片换一张',
      msg_code: '',
      allow: '',
    },
    submit: '注册',
    submitting: '正在注册…',
  },

  /** What a field's own check found. */
  problems: {
    usernameMissing: '请输入用户名',
    usernameFormat: '用户名须为5–20位文字、数字或下划线',
    usernameIsMobile: '用户名不能是手机号',
    usernameTaken: '用户名已存在',
    passwordMissing: '请输入密码',
    passwordFormat: '密码须为8–20位文字、数字或下划线',
    repeatMissing: '请再次输入密码',
    repeatDiffers: '两次输入的密码不一致',
    mobileMissing: '请输入手机号',
    mobileFormat: '请输入正确的11位手机号',
    mobileTaken: '手机号已存在',
    captchaMissing: '请输入图形验证码',
    captchaFormat: '图形验证码为4位字母或数字',
    smsCodeMissing: '请输入短信验证码',
    smsCodeFormat: '短信验证码为6位数字',
    agreementMissing: '请勾选同意用户使用协议',
  },

  /** The uniqueness check could not be made; the server makes it again on submit. */
  notLookedUp: '暂时无法查重，注册时会再次检查',

  captcha: {
    picture: '图形验证码，点击换一张',
    failed: '点击重试',
    loadFailed: '图片加载失败，请点击重试',
  },

  /** The captcha without a picture. */
  proof: {
    start: '看不到图片？无需图片验证',
    working: (percent: number) => `正在验证… ${percent}%`,
    cancel: '取消',
    done: '验证已通过，无需输入图形验证码',
    off: '这里只支持图形验证码',
  },

  sms: {
    get: '获取短信验证码',
    sending: '正在获取…',
    again: (seconds: number) => `${duration(seconds)}后重新获取`,
    queued: (masked: string) => `验证码正发往 ${masked}`,
    sent: (masked: string) => `验证码已发送至 ${masked}`,
    failed: '短信发送失败，请稍后重新获取',
  },

  home: {
    title: 'Lovage',
    loading: '正在加载…',
    hello: (username: string) => `你好，${username}`,
    mobile: '手机号',
    logout: '退出',
    loggingOut: '正在退出…',
    welcome: '欢迎来到 Lovage',
    loggedOut: '你还没有登录。',
    register: '注册新账号',
    failed: '暂时无法读取你的信息',
    retry: '重试',
  },

  /** Failures for which the server gave no text of its own. */
  failures: {
    network: '网络连接失败，请检查网络后重试',
    timeout: '服务器响应超时，请稍后重试',
    unavailable: '服务暂不可用，请稍后重试',
    pageFault: '页面出错，请刷新后重试',
    unexpected: (status: number) => `请求失败（${status}），请稍后重试`,
    withRequestId: (text: string, id: string) => `${text}（编号 ${id}）`,
  },
}

/** Up to 99 seconds in seconds, then whole minutes or hours, rounded up: a spent daily budget lasts hours. */
function duration(seconds: number): string {
  if (seconds < 100) return `${seconds}秒`
  if (seconds < 6000) return `${Math.ceil(seconds / 60)}分钟`
  return `${Math.ceil(seconds / 3600)}小时`
}

export type Texts = typeof zh

/** The texts in use. */
export const texts: Texts = zh
