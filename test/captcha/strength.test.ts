import { expect } from 'chai'
import { drawCaptcha, LOOK, type Look } from '../../src/app/captcha/draw.ts'
import { CAPTCHA_CHARACTERS } from '../../src/app/captcha/glyphs.ts'
import { CaptchaSolver } from '../support/captcha-solver/solver.ts'
import { seededChance } from '../support/seeded-chance.ts'

const still = { amplitude: [0, 0], length: [100, 100] } as const
const none = { count: 0, width: [1, 1] } as const

/** The same characters, speckles and colours, but upright, apart from each other, and with nothing through them. */
const PLAIN: Look = {
  ...LOOK,
  height: [56, 56],
  breadth: [1, 1],
  pen: [7, 7],
  lean: [0, 0],
  shear: [0, 0],
  shift: [0, 0],
  overlap: [-0.25, -0.25],
  rim: [0, 0],
  own: still,
  all: still,
  lines: none,
  cuts: none,
}

describe('the strength of the captcha', function () {
  this.timeout(600_000)
  const solver = new CaptchaSolver()

  /** Has the solver read pictures. @returns the shares that its first guess, and one of its first three, got right, in percent */
  async function solved(count: number, look: Look): Promise<{ first: number; three: number }> {
    const chance = seededChance(20_260_101)
    const right = { first: 0, three: 0 }
    for (let picture = 0; picture < count; picture++) {
      const characters = Array.from(
        { length: 4 },
        () => CAPTCHA_CHARACTERS[Math.floor(chance() * CAPTCHA_CHARACTERS.length)],
      )
      const text = characters.join('')
      const guesses = await solver.guesses(drawCaptcha(text, chance, look), 3)
      if (guesses[0] === text) right.first++
      if (guesses.includes(text)) right.three++
    }
    return { first: (right.first / count) * 100, three: (right.three / count) * 100 }
  }

  it('is tried with a program that reads plain pictures', async () => {
    const { first } = await solved(50, PLAIN)
    process.stdout.write(`      plain pictures: ${first.toFixed(1)} % read\n`)
    expect(first).to.be.greaterThan(90)
  })

  it('is such that this program reads less than 15 % of 200 pictures', async () => {
    const { first, three } = await solved(200, LOOK)
    process.stdout.write(
      `      the service's pictures: ${first.toFixed(1)} % read, ${three.toFixed(1)} % within three guesses\n`,
    )
    expect(first).to.be.lessThan(15)
    expect(three).to.be.lessThan(30)
  })
})
