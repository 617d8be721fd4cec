import { ZxcvbnFactory, type Score } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

/** What the page asks: how strong a password is, whose owner has these words. */
export interface StrengthQuestion {
  id: number
  password: string
  words: readonly string[]
}

export interface StrengthAnswer {
  id: number
  level: Score
  /** zxcvbn's name of what makes it weak. */
  warning: string | null
}

/** No longer password can be chosen. zxcvbn looks at no more, so its time is bounded, too. */
const LONGEST = 64

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: LONGEST })

addEventListener('message', ({ data }: MessageEvent<StrengthQuestion>) => {
  const { score, feedback } = zxcvbn.check(data.password, [...data.words])
  const answer: StrengthAnswer = { id: data.id, level: score, warning: feedback.warning }
  postMessage(answer)
})
