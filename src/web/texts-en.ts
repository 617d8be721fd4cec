import { roundUp } from './round-up.ts'
import type { ZH } from './texts-zh.ts'

/** The shared texts in English. Those below a field fit into one line of a screen that is 320 px wide. */
export const EN: typeof ZH = {
  brand: 'Lovage',

  preferences: {
    otherLanguage: '中文',
    theme: (name: string) => `Colours: ${name}`,
    themes: { system: 'as the system', light: 'light', dark: 'dark' },
  },

  labels: {
    user_name: 'Username',
    account: 'Username or mobile number',
    old_pwd: 'Present password',
    pwd: 'Password',
    cpwd: 'Password again',
    phone: 'Mobile number',
    pic_code: 'Picture code',
    msg_code: 'SMS code',
    allow: 'I have read and accept the user agreement',
  },

  hints: {
    user_name: '5 to 20 letters, digits or underscores',
    pwdCompat: '8 to 20 letters, digits or underscores',
    pwdStrict: '8 to 64 characters, not a common one',
    phone: '11 digits, mainland China',
    pic_code: 'Hard to read? Click it for another one',
  },

  problems: {
    usernameMissing: 'Enter a username',
    usernameFormat: 'Use 5 to 20 letters, digits or underscores',
    usernameIsMobile: 'A username can’t be a mobile number',
    usernameTaken: 'That username is taken',
    accountMissing: 'Enter your username or mobile number',
    passwordMissing: 'Enter a password',
    passwordFormat: 'Use 8 to 20 letters, digits or underscores',
    passwordLength: 'Use 8 to 64 characters',
    repeatMissing: 'Enter the password again',
    repeatDiffers: 'The two passwords differ',
    mobileMissing: 'Enter a mobile number',
    mobileFormat: 'Enter a mobile number of 11 digits',
    mobileTaken: 'That number is already registered',
    captchaMissing: 'Enter the code in the picture',
    captchaFormat: 'The picture has 4 letters or digits',
    smsCodeMissing: 'Enter the SMS code',
    smsCodeFormat: 'The SMS code has 6 digits',
    agreementMissing: 'Please accept the user agreement',
  },

  notLookedUp: 'Not checked yet; it will be on submit',

  password: {
    show: 'Show',
    hide: 'Hide',
    showIt: 'Show password',
    hideIt: 'Hide password',
    new: 'New password',
  },

  strength: {
    levels: ['very weak', 'weak', 'fair', 'strong', 'very strong'],
    of: (level: string, warning: string) => (warning === '' ? `Strength: ${level}` : `Strength: ${level}, ${warning}`),
    warnings: {
      straightRow: 'a row of keys',
      keyPattern: 'a pattern of keys',
      simpleRepeat: 'repeats',
      extendedRepeat: 'repeats',
      sequences: 'a sequence',
      recentYears: 'has a year in it',
      dates: 'has a date in it',
      topTen: 'very common',
      topHundred: 'very common',
      common: 'common',
      similarToCommon: 'like a common one',
      wordByItself: 'just a word',
      namesByThemselves: 'just a name',
      commonNames: 'has a name in it',
      userInputs: 'has your name in it',
    },
  },

  captcha: {
    picture: 'Picture code; click for another one',
    failed: 'Click to retry',
    loadFailed: 'No picture came. Click to try again',
  },

  proof: {
    start: 'Can’t see it? Verify without a picture',
    working: (percent: number) => `Verifying… ${percent}%`,
    cancel: 'Cancel',
    done: 'Verified. No picture code is needed',
    off: 'Only picture codes are taken here',
  },

  sms: {
    get: 'Get SMS code',
    sending: 'Sending…',
    again: (seconds: number) => `Again in ${duration(seconds)}`,
    queued: (masked: string) => `A code is on its way to ${masked}`,
    sent: (masked: string) => `A code was sent to ${masked}`,
    failed: 'Not sent. Check the number, then try again',
    late: 'Nothing came? Check the number or ask again',
  },

  wait: (seconds: number) => `Try again in ${duration(seconds)}`,

  loading: 'Loading…',
  retry: 'Try again',

  failures: {
    network: 'No connection. Check your network and try again.',
    timeout: 'The service took too long. Please try again later.',
    unavailable: 'The service is not available. Please try again later.',
    pageFault: 'Something went wrong on this page. Please reload it.',
    unexpected: (status: number) => `The request failed (${status}). Please try again later.`,
    withRequestId: (text: string, id: string) => `${text} (reference ${id})`,
  },
}

function duration(seconds: number): string {
  const { count, unit } = roundUp(seconds)
  return `${count} ${{ second: 's', minute: 'min', hour: 'h' }[unit]}`
}
