import express from 'express'
import { build } from './express-shared.mjs'

export const app = build(express)
