/** Marks of browsers, the more special in front: most of them also call themselves Chrome and Safari. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['WeChat', /MicroMessenger\/(\d{1,4})/],
  ['QQ', /\bQQ\/(\d{1,4})/],
  ['QQ Browser', /QQBrowser\/(\d{1,4})/],
  ['UC Browser', /UC?Browser\/(\d{1,4})/],
  ['Quark', /Quark\/(\d{1,4})/],
  ['Huawei Browser', /HuaweiBrowser\/(\d{1,4})/],
  ['Mi Browser', /MiuiBrowser\/(\d{1,4})/],
  ['Samsung Internet', /SamsungBrowser\/(\d{1,4})/],
  ['Opera', /(?:OPR|OPT)\/(\d{1,4})/],
  ['Edge', /Edg(?:e|A|iOS)?\/(\d{1,4})/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d{1,4})/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d{1,4})/],
  ['Safari', /Version\/(\d{1,4})[\d.]* (?:Mobile\/\S+ )?Safari\//],
]

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['HarmonyOS', /HarmonyOS|OpenHarmony/],
  ['Android', /Android/],
  ['iPhone', /iPhone|iPod/],
  ['iPad', /iPad/],
  ['Windows', /Windows/],
  ['macOS', /Macintosh|Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux|X11/],
]

/** Longer ones are no browser's; nothing behind this is looked at. */
const LONGEST_HEADER = 512

/** Longest name of a program that is no browser we know. */
const LONGEST_NAME = 40

/**
 * What a `User-Agent` header says of browser and system, in a few words for a list of logins: `Chrome 126, Windows`. Of a program
 * that is no browser, what it calls itself; an empty text where it says nothing. It is no proof of anything.
 */
export function browserName(userAgent: string): string {
  const text = userAgent.slice(0, LONGEST_HEADER)
  const browser = BROWSERS.map(([name, pattern]) => ({ name, version: pattern.exec(text)?.[1] })).find(
    ({ version }) => version !== undefined,
  )
  const system = SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0]
  const words = browser === undefined ? programName(text) : `${browser.name} ${browser.version}`
  return [words, system].filter((part) => part !== undefined && part !== '').join(', ')
}

/** The first word, if it is of plain characters: `curl/8.5.0`. */
function programName(text: string): string {
  return /^[\w.+/-]+/.exec(text)?.[0].slice(0, LONGEST_NAME) ?? ''
}
