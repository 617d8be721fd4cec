import { roundUp } from './round-up.ts'

/** The shared texts in Chinese. Those below a field fit into one line of a screen that is 320 px wide. */
export const ZH = {
  brand: 'Lovage',

  preferences: {
    /** In the other language, for who can't read this one. */
    otherLanguage: 'English',
    theme: (name: string) => `外观：${name}`,
    themes: { system: '跟随系统', light: '浅色', dark: '深色' },
  },

  labels: {
    user_name: '用户名',
    account: '用户名或手机号',
    old_pwd: '当前密码',
    pwd: '密码',
    cpwd: '确认密码',
    phone: '手机号',
    pic_code: '图形验证码',
    msg_code: '短信验证码',
    allow: '我已阅读并同意用户使用协议',
  },

  hints: {
    user_name: '5–20位文字、数字或下划线',
    pwdCompat: '8–20位文字、数字或下划线',
    pwdStrict: '8–64位任意字符，勿用常见密码',
    phone: '11位中国大陆手机号',
    pic_code: '看不清？点击图片换一张',
  },

  /** What a field's own check found. */
  problems: {
    usernameMissing: '请输入用户名',
    usernameFormat: '用户名须为5–20位文字、数字或下划线',
    usernameIsMobile: '用户名不能是手机号',
    usernameTaken: '用户名已存在',
    accountMissing: '请输入用户名或手机号',
    passwordMissing: '请输入密码',
    passwordFormat: '密码须为8–20位文字、数字或下划线',
    passwordLength: '密码须为8–64个字符',
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
  notLookedUp: '暂时无法查重，提交时会再次检查',

  password: {
    show: '显示',
    hide: '隐藏',
    /** The same for who does not see which field it is. */
    showIt: '显示密码',
    hideIt: '隐藏密码',
    new: '新密码',
  },

  strength: {
    /** By zxcvbn's score, 0 to 4. */
    levels: ['很弱', '较弱', '一般', '较强', '很强'],
    of: (level: string, warning: string) => (warning === '' ? `强度：${level}` : `强度：${level}，${warning}`),
    /** By zxcvbn's names. */
    warnings: {
      straightRow: '是键盘上的一排键',
      keyPattern: '是键盘上的短图案',
      simpleRepeat: '是重复的字符',
      extendedRepeat: '是重复的一段',
      sequences: '是连续的字符',
      recentYears: '含有近年年份',
      dates: '含有日期',
      topTen: '是最常用的密码',
      topHundred: '是最常用的密码',
      common: '是常用密码',
      similarToCommon: '与常用密码相似',
      wordByItself: '只是一个单词',
      namesByThemselves: '只是一个名字',
      commonNames: '含有常见名字',
      userInputs: '含有你的名字或号码',
    },
  },

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
    failed: '短信发送失败，请核对手机号后重新获取',
    late: '没收到？请核对手机号，或重新获取',
  },

  /** The server wants some time to pass. */
  wait: (seconds: number) => `${duration(seconds)}后可重试`,

  loading: '正在加载…',
  retry: '重试',

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

function duration(seconds: number): string {
  const { count, unit } = roundUp(seconds)
  return `${count}${{ second: '秒', minute: '分钟', hour: '小时' }[unit]}`
}
