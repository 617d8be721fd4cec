import { expect } from 'chai'
import { texts } from '../../../src/web/texts.ts'

describe('the countdown label', () => {
  const labels: [seconds: number, label: string][] = [
    [1, '1秒后重新获取'],
    [59, '59秒后重新获取'],
    [99, '99秒后重新获取'],
    [100, '2分钟后重新获取'],
    [3600, '60分钟后重新获取'],
    [6000, '2小时后重新获取'],
    [86_400, '24小时后重新获取'],
  ]
  for (const [seconds, label] of labels) {
    it(`for ${seconds} s is ${label}`, () => {
      expect(texts.sms.again(seconds)).to.equal(label)
    })
  }
})
