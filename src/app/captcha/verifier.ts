import { AppError } from '../errors.ts'

/**
 * What a request must have done before it costs somebody money: read a picture (`Captchas`), or computed (`Proofs`). Each
 * captcha has one use, whatever comes of the request.
 */
export interface CaptchaVerifier<Answer> {
  /**
   * Checks an answer and uses its captcha up.
   *
   * @throws AppError that says what is wrong with it; what Redis answered
   */
  verify(answer: Answer): Promise<void>
}

/** The answer to a picture. */
export interface PictureAnswer {
  image_code_id: string
  image_code: string
}

/** The fields of a form that answer a captcha: a proof, or, where there is none, id and text of a picture. */
export interface CaptchaFields extends Partial<PictureAnswer> {
  captcha_proof?: string
}

/** Whichever captcha a form answers. A proof is looked at alone, even beside a picture's answer. */
export class AnyCaptcha implements CaptchaVerifier<CaptchaFields> {
  readonly #pictures: CaptchaVerifier<PictureAnswer>
  readonly #proofs: CaptchaVerifier<string> | null

  /** @param parts.proofs null: proofs are refused */
  constructor(parts: { pictures: CaptchaVerifier<PictureAnswer>; proofs: CaptchaVerifier<string> | null }) {
    this.#pictures = parts.pictures
    this.#proofs = parts.proofs
  }

  /** @throws AppError CAPTCHA_PROOF_OFF, MISSING_PARAMETER, what the verifiers throw */
  async verify({ captcha_proof: proof, image_code_id, image_code }: CaptchaFields): Promise<void> {
    if (proof !== undefined) {
      if (this.#proofs === null) throw new AppError('CAPTCHA_PROOF_OFF')
      return this.#proofs.verify(proof)
    }
    if (image_code_id === undefined || image_code === undefined) {
      throw new AppError('MISSING_PARAMETER', { missingVariant: 'smsCode' })
    }
    return this.#pictures.verify({ image_code_id, image_code })
  }
}
