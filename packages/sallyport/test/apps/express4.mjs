import express from 'express4'
import { build } from './express-shared.mjs'

export const app = build(express)
