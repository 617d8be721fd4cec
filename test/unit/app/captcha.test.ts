import { loadImage, createCanvas } from '@napi-rs/canvas'
import { expect } from 'chai'
import { PICTURE_SIZE, drawCaptcha } from '../../../src/app/captcha/draw.ts'
import { CAPTCHA_CHARACTERS, GLYPH_BOX, glyphOf } from '../../../src/app/captcha/glyphs.ts'
import { warp } from '../../../src/app/captcha/warp.ts'

describe('the glyphs of the captcha', () => {
  it('are of single upper-case letters and digits, none that is mistaken for another', () => {
    for (const character of CAPTCHA_CHARACTERS) expect(character).to.match(/^[A-Z0-9]$/)
    for (const character of '0OQD1IJL2Z5S8B6GUV') expect(CAPTCHA_CHARACTERS).not.to.include(character)
    expect(CAPTCHA_CHARACTERS.length ** 4).to.be.greaterThan(50_000)
  })

  it('keep within their box', () => {
    for (const character of CAPTCHA_CHARACTERS) {
      for (const number of glyphOf(character).match(/\d+/g) ?? []) {
        expect(Number(number), character).to.be.within(0, GLYPH_BOX.height)
      }
    }
  })

  it('are not there for other characters', () => {
    for (const character of ['0', 'a', 'AB', '', 'toString']) {
      expect(() => glyphOf(character)).to.throw(RangeError, `got ${JSON.stringify(character)}`)
    }
  })
})

describe('drawCaptcha', () => {
  it('draws a PNG of its size, with dark strokes on a light ground', async () => {
    const image = await loadImage(await drawCaptcha('ACEH'))
    expect({ width: image.width, height: image.height }).to.deep.equal(PICTURE_SIZE)
    const context = createCanvas(image.width, image.height).getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    let dark = 0
    for (let at = 0; at < data.length; at += 4) {
      const brightest = Math.max(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)
      if (brightest < 200) dark++
    }
    expect(dark / (image.width * image.height)).to.be.within(0.1, 0.5)
  })

  it('draws every character, and fails for what has no glyph', async () => {
    for (const character of CAPTCHA_CHARACTERS) await drawCaptcha(character.repeat(4))
    const failure = await drawCaptcha('AB?C').catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(RangeError)
  })
})

describe('warp', () => {
  const still = { amplitude: 0, length: 10, phase: 0 }
  // Three by two pixels, told apart by their first byte.
  const picture = {
    width: 3,
    height: 2,
    data: Uint8ClampedArray.from([1, 2, 3, 4, 5, 6].flatMap((n) => [n, 0, 0, 255])),
  }
  const firstBytes = (data: Uint8ClampedArray) => [...data].filter((_, at) => at % 4 === 0)

  it('leaves a picture as it is where the waves are flat', () => {
    expect(warp(picture, { down: still, across: still })).to.deep.equal(picture.data)
  })

  it('shifts rows and columns, and repeats the edge', () => {
    // A wave so long that it is at its height everywhere.
    const up = { amplitude: 1, length: 1e9, phase: Math.PI / 2 }
    expect(firstBytes(warp(picture, { down: up, across: still }))).to.deep.equal([2, 3, 3, 5, 6, 6])
    expect(firstBytes(warp(picture, { down: still, across: up }))).to.deep.equal([4, 5, 6, 4, 5, 6])
  })
})
